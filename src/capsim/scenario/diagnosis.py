"""d"""


def normalised(data):
    return data


def diagnose(raw, error):
    return []
