"""Where the pages of the area are."""

AREA = "/area"
DATA = f"{AREA}/dati"
DOCUMENTS = f"{AREA}/documenti"
FILES = f"{DOCUMENTS}/file"
PEOPLE = f"{AREA}/utenti"
LOGIN_ADDRESS = f"{AREA}/indirizzo"
CALENDAR = f"{AREA}/calendario"
