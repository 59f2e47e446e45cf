"""The words of the workbook, by language."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ANSWERS", "LANGUAGES", "MONTHS", "TABLES", "TEAMS", "TOTALS", "Answer", "word"]

LANGUAGES = ("en", "nl", "fr")

Words = tuple[str, str, str]
"""In the order of `LANGUAGES`."""


def word(words: Words, language: str) -> str:
    """What it is called in a language.

    Examples
    --------
    >>> word(("hours", "uren", "heures"), "nl")
    'uren'
    """
    return words[LANGUAGES.index(language)]


class Answer(NamedTuple):
    """A cell of the first sheet."""

    name: str
    """Its defined name."""
    kind: str
    """"number", "share" or "date"."""
    low: float
    high: float
    label: Words
    unit: Words
    help: Words


ANSWERS = (
    Answer("as_of", "date", 0, 0,
           ("Date of these numbers", "Datum van deze cijfers", "Date de ces chiffres"),
           ("date", "datum", "date"),
           ("The day on which the open files were counted: the simulation starts then.",
            "De dag waarop de open dossiers geteld zijn: de simulatie begint dan.",
            "Le jour où les dossiers ouverts ont été comptés : la simulation commence alors.")),
    Answer("open_files", "number", 0, 1e6,
           ("Open files", "Open dossiers", "Dossiers ouverts"),
           ("files", "dossiers", "dossiers"),
           ("All of them: applications not yet decided, and people in guidance.",
            "Allemaal: nog niet besliste aanvragen en mensen in begeleiding.",
            "Tous : demandes non encore décidées et personnes accompagnées.")),
    Answer("applications_a_month", "number", 0, 1e5,
           ("Applications a month", "Aanvragen per maand", "Demandes par mois"),
           ("applications", "aanvragen", "demandes"),
           ("In an ordinary month; empty: the mean of the sheet of applications.",
            "In een gewone maand; leeg: het gemiddelde van het blad met aanvragen.",
            "Dans un mois ordinaire ; vide : la moyenne de la feuille des demandes.")),
    Answer("hours_per_file", "number", 0.1, 200,
           ("Hours per application", "Uren per aanvraag", "Heures par demande"),
           ("hours", "uren", "heures"),
           ("Work from the first talk to the decision, home visit and report included.",
            "Werk van eerste gesprek tot beslissing, huisbezoek en verslag inbegrepen.",
            "Travail du premier entretien à la décision, visite et rapport compris.")),
    Answer("posts", "number", 0.1, 10_000,
           ("Posts", "Voltijdse plaatsen", "Postes"),
           ("full-time equivalents", "voltijdse equivalenten", "équivalents temps plein"),
           ("For these files only; empty: the sum of the sheet of staff.",
            "Enkel voor deze dossiers; leeg: de som van het blad met personeel.",
            "Pour ces dossiers seulement ; vide : la somme de la feuille du personnel.")),
    Answer("committee_weeks", "number", 0.2, 26,
           ("Committee meets every", "Het comité vergadert om de", "Le comité siège toutes les"),
           ("weeks", "weken", "semaines"),
           ("1, 2 or 4, say.", "Bijvoorbeeld 1, 2 of 4.", "Par exemple 1, 2 ou 4.")),
    Answer("legal_days", "number", 1, 1000,
           ("Legal term of a decision", "Wettelijke termijn van een beslissing",
            "Délai légal d'une décision"),
           ("days", "dagen", "jours"),
           ("From application to decision; 30 in the act of 26 May 2002.",
            "Van aanvraag tot beslissing; 30 in de wet van 26 mei 2002.",
            "De la demande à la décision ; 30 dans la loi du 26 mai 2002.")),
    Answer("share_refused", "share", 0, 0.95,
           ("Share refused", "Aandeel geweigerd", "Part de refus"),
           ("%", "%", "%"),
           ("Of the applications decided.", "Van de besliste aanvragen.",
            "Des demandes décidées.")),
    Answer("guidance_months", "number", 0.1, 600,
           ("Mean length of guidance", "Gemiddelde duur van de begeleiding",
            "Durée moyenne de l'accompagnement"),
           ("months", "maanden", "mois"),
           ("From the decision until the file is closed.",
            "Van de beslissing tot het dossier gesloten wordt.",
            "De la décision à la clôture du dossier.")),
    Answer("share_late", "share", 0, 1,
           ("Share decided late today", "Aandeel te laat beslist vandaag",
            "Part décidée en retard aujourd'hui"),
           ("%", "%", "%"),
           ("Of the decisions of the last year; hours per application, if empty, follow from it.",
            "Van de beslissingen van het laatste jaar; uren per aanvraag volgen eruit als ze leeg "
            "zijn.",
            "Des décisions de la dernière année ; les heures par demande en découlent si vides.")),
    Answer("client_hours", "number", 1, 60,
           ("Hours a week for files", "Uren per week voor dossiers",
            "Heures par semaine pour les dossiers"),
           ("hours", "uren", "heures"),
           ("Of a full-time week of 38 hours at work: without meetings, training, other tasks.",
            "Van een voltijdse werkweek van 38 uren: zonder vergaderingen, vorming, andere taken.",
            "D'une semaine à temps plein de 38 heures : sans réunions, formation, autres tâches.")),
)  # fmt: skip
"""The date and ten numbers."""

APPLICATIONS, GUIDANCE = "applications", "guidance"
TEAMS: dict[str, Words] = {
    APPLICATIONS: ("applications", "aanvragen", "demandes"),
    GUIDANCE: ("guidance", "begeleiding", "accompagnement"),
}
"""What somebody of the staff does, where not all do everything."""

TOTALS = ("total", "totaal", "sum", "som", "somme")
"""What a line below a list is called that adds it up; the first two begin longer names too."""

SERVICE: Words = ("Service", "Dienst", "Service")

TABLES: dict[str, tuple[Words, Words, tuple[tuple[str, Words, Words], ...]]] = {
    "applications": (
        ("Applications", "Aanvragen", "Demandes"),
        ("Numbers of the past months, and what is expected of coming ones; empty months may stay.",
         "Cijfers van de voorbije maanden en wat verwacht wordt; lege maanden mogen blijven.",
         "Chiffres des mois passés et ce qui est attendu ; des mois vides peuvent rester."),
        (
            ("month", ("Month", "Maand", "Mois"), ("2026-04", "2026-04", "2026-04")),
            ("number", ("Number", "Aantal", "Nombre"), ("41", "41", "41")),
        ),
    ),
    "staff": (
        ("Staff", "Personeel", "Personnel"),
        ("One line for each; names may be codes. Dates only for those who come or go.",
         "Eén lijn per persoon; namen mogen codes zijn. Data enkel voor wie komt of gaat.",
         "Une ligne par personne ; un code suffit. Dates pour celles qui arrivent ou partent."),
        (
            ("name", ("Name or code", "Naam of code", "Nom ou code"), ("MS1", "MS1", "AS1")),
            ("hours", ("Hours a week", "Uren per week", "Heures par semaine"),
             ("30.4", "30,4", "30,4")),
            ("from", ("From", "Vanaf", "À partir du"), ("", "", "")),
            ("until", ("Until (last day)", "Tot en met", "Jusqu'au (inclus)"), ("", "", "")),
            ("team", ("Team", "Team", "Équipe"), ("", "", "")),
        ),
    ),
    "what_if": (
        ("What if", "Wat als", "Et si"),
        ("One line for each scenario: more applications, or more or fewer posts.",
         "Eén lijn per scenario: meer aanvragen, of meer of minder plaatsen.",
         "Une ligne par scénario : plus de demandes, ou plus ou moins de postes."),
        (
            ("name", ("Name", "Naam", "Nom"), ("reform", "hervorming", "réforme")),
            ("applications", ("Extra applications in all", "Extra aanvragen in totaal",
                              "Demandes en plus au total"), ("150", "150", "150")),
            ("posts", ("Extra posts", "Extra plaatsen", "Postes en plus"), ("", "", "")),
            ("month", ("From month", "Vanaf maand", "À partir du mois"),
             ("2026-04", "2026-04", "2026-04")),
            ("over", ("Over months", "Over maanden", "Sur mois"), ("1", "1", "1")),
        ),
    ),
}  # fmt: skip
"""Sheet, what it is for, and columns with an example each, by the beginning of their names."""

MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    )
    for number, name in enumerate(names.split(), start=1)
}
"""Month of the year by its name in any of the languages."""
