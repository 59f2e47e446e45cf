"""Second pass."""



def check_rules(s):
    return []
