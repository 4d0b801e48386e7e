"""PostGIS, trigram search, accent folding and mixed GiST keys; how text is folded and how names are ordered."""

from alembic import op

revision = "0001_postgis"
down_revision = None
branch_labels = None
depends_on = None

EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gist")

# The three spellings of an umlaut (ö, oe, o) fold to one, so that each finds the others. Both sides of a comparison
# are folded, so words with a real "oe" still find themselves. Marked immutable because it names its dictionary.
FOLD_TEXT = """
create function fold_text(value text) returns text
language sql immutable strict parallel safe
as $$
    select replace(replace(replace(lower(public.unaccent('public.unaccent'::regdictionary, value)),
                                   'ae', 'a'), 'oe', 'o'), 'ue', 'u')
$$
"""


# German alphabetical order with numbers by value: "Los 2" before "Los 10".
GERMAN = "create collation german (provider = icu, locale = 'de-u-kn-true')"


def upgrade() -> None:
    """Load the extensions, define the folding and the order of names."""
    for extension in EXTENSIONS:
        op.execute(f"create extension if not exists {extension}")
    op.execute(FOLD_TEXT)
    op.execute(GERMAN)


def downgrade() -> None:
    """Take both back. The extensions stay: another schema of the database may use them."""
    op.execute("drop collation german")
    op.execute("drop function fold_text(text)")
