"""What alembic runs: the migrations, on the connection and in the transaction that the store hands over.

Migrations do without `op.batch_alter_table`: on SQLite it makes a table anew from what SQLAlchemy knows of it, without
its triggers, its collations and the order of its indexes.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
