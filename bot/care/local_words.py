"""What a house fills in for the answers, in plain Dutch: what it is called, and an example of how it is written (never a real one)."""

from __future__ import annotations

FIELDS: dict[str, tuple[str, str]] = {
    "loket_adres": ("Lokaal Loket Kinderopvang: adres", "Kerkstraat 1, 1000 Gemeente"),
    "loket_uren": ("Lokaal Loket Kinderopvang: open", "maandag en woensdag van 9 tot 12 uur"),
    "loket_tel": ("Lokaal Loket Kinderopvang: telefoon", ""),
    "opvang_website": ("Website om opvang te zoeken", ""),
    "wie_helpt_attest": ("Wie helpt met het attest inkomenstarief?", "Rose, dinsdag van 9 tot 11 uur"),
    "ocmw_adres": ("OCMW of Sociaal Huis: adres", "Kerkstraat 1, 1000 Gemeente"),
    "ocmw_uren": ("OCMW of Sociaal Huis: open", "elke voormiddag van 9 tot 12 uur"),
    "gaat_iemand_mee": ("Gaat er iemand mee naar het OCMW?", "ja of nee"),
    "wennen_in_onze_groep": ("Hoe wennen kinderen in onze groep?", "eerst samen, dan kort alleen"),
    "lijst_occasionele_opvang": ("Opvang voor af en toe: naam en adres", ""),
    "tel_opvang_groep": ("Wie bel je als je kind ziek is?", ""),
    "wie_helpt_papieren": ("Wie helpt met papieren?", "Rose, na de groep"),
    "kleutertoeslag_bedrag": ("Kleutertoeslag: bedrag", "… euro"),
    "kinderopvangtoeslag_dag": ("Kinderopvangtoeslag: bedrag per dag", "… euro"),
    "voedselhulp_adres": ("Voedselhulp: adres", ""),
    "pamperbank_adres": ("Pamperbank: adres", ""),
    "pamperbank_dag": ("Pamperbank: dag en uur", ""),
    "kringwinkel_adres": ("Kringwinkel: adres", ""),
    "consultatiebureau_adres": ("Consultatiebureau: adres", ""),
    "consultatiebureau_tel": ("Consultatiebureau: telefoon", ""),
    "huisarts_lijst": ("Huisartsen in de buurt", ""),
    "wachtpost_adres": ("Huisartsenwachtpost: adres", ""),
    "wachtpost_tel": ("Huisartsenwachtpost: telefoon", ""),
    "zwanger_contact": ("Bij wie kan een zwangere mama terecht?", ""),
    "wijkgezondheidscentrum_adres": ("Wijkgezondheidscentrum: adres", ""),
    "naam_begeleider": ("Voornaam van de begeleider", "Rose"),
    "caw_tel": ("CAW: telefoon", ""),
    "groep_dagen": ("Op welke dagen is de groep?", "maandag en donderdag"),
    "groep_uren": ("Van hoe laat tot hoe laat?", "van 9 tot 11.30 uur"),
    "groep_plaats": ("Waar is de groep?", "De Sleutel, Kerkstraat 1"),
    "foto_deur": ("Hoe herken je de deur?", "de blauwe deur naast de bakker"),
    "wie_past_op": ("Wie past op de kinderen?", "Vera en Els"),
    "leeftijd_baby_bij_mama": ("Tot welke leeftijd blijft een baby bij mama?", "6 maanden"),
    "vakantie_regeling": ("Is er groep in de schoolvakantie?", "geen groep in de schoolvakantie"),
    "volgende_uitstap": ("De volgende uitstap", ""),
    "prijs_groep": ("Wat kost de groep?", "gratis"),
    "verplicht_kader": ("Is de groep verplicht?", "nee, je kiest zelf"),
    "contact_aanmelden": ("Bij wie meldt iemand zich aan?", ""),
    "plaatsen_vrij": ("Is er nog plaats?", "ja, 2 plaatsen"),
    "ligo_adres": ("Ligo: adres", ""),
    "agentschap_tel": ("Agentschap Integratie en Inburgering: telefoon", ""),
    "prijs_nt2": ("Wat kost een les Nederlands?", "… euro"),
    "bib_adres": ("Bibliotheek: adres", ""),
    "praattafel": ("Praattafel: waar en wanneer?", ""),
    "vdab_contact": ("VDAB: wie en waar?", ""),
    "leerwinkel": ("Leerwinkel: adres", ""),
    "aanmeldsite": ("Website om aan te melden voor school", ""),
    "aanmelden_van": ("Aanmelden voor school: eerste dag", "1 maart"),
    "aanmelden_tot": ("Aanmelden voor school: laatste dag", "31 maart"),
    "wie_helpt_school": ("Wie helpt met inschrijven op school?", "Rose, dinsdag van 9 tot 11 uur"),
    "maximumfactuur_kleuter": ("Maximumfactuur kleuterschool: bedrag", "… euro"),
    "lijn": ("Bus of tram naar de groep", "lijn 3"),
    "halte": ("Halte", "Markt"),
    "foto_halte": ("Hoe herken je de halte?", "voor de kerk"),
    "adressen": ("Andere adressen", ""),
    "speelplekken": ("Speelplekken in de buurt", ""),
    "koala_adres": ("KOALA: adres", ""),
    "speltheek_adres": ("Speltheek: adres", ""),
}
AMOUNTS = ("bedrag", "toeslag", "factuur", "prijs", "plaatsen_vrij", "aanmelden", "volgende_uitstap", "vakantie")


def called(name: str) -> str:
    """What a field is called; a field that has no words yet is called by its name."""
    return FIELDS.get(name, (name.replace("_", " "), ""))[0]


def example(name: str) -> str:
    """How it could be written; empty when an example would be taken for a fact."""
    return FIELDS.get(name, ("", ""))[1]


def ends(name: str) -> bool:
    """Whether it is the kind of thing that is true until a day: amounts, dates, places left."""
    return any(part in name for part in AMOUNTS)
