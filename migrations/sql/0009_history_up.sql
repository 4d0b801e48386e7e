-- Changes: one a transaction, made by the first statement that changes a parcel, area or member.
--
-- Who acts and why is told by settings of the transaction (landportal.actor, .through, .reason, .approved_by,
-- .delivery). Without them it was a statement by hand, and the database role is all there is to know.

create function told(name text) returns text
language sql stable parallel safe
as $$ select nullif(current_setting('landportal.' || name, true), '') $$;

create function current_change(out id bigint, out at timestamptz)
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    -- `at` beside the transaction's number: numbers begin anew in a cluster that a backup is restored into.
    select c.id, c.at into id, at from change c
    where c.xact = pg_current_xact_id()::text and c.at >= transaction_timestamp();
    if not found then
        insert into change (xact, account_id, database_role, through, reason, approved_by, delivery_id)
        values (pg_current_xact_id()::text, told('actor')::int, session_user, coalesce(told('through'), 'sql'),
                told('reason'), told('approved_by')::int, told('delivery')::int)
        returning change.id, change.at into id, at;
    end if;
end
$$;

create function append_only() returns trigger
language plpgsql
as $$
begin
    raise exception '% only grows: % is not possible', tg_table_name, lower(tg_op)
        using errcode = 'insufficient_privilege';
end
$$;

create trigger change_append_only before update or delete or truncate on change
for each statement execute function append_only();
create trigger audit_entry_append_only before update or delete or truncate on audit_entry
for each statement execute function append_only();

-- The moment a statement looks at: now, or the one that a reader of the past has set.
create function moment() returns timestamptz
language sql stable parallel safe
as $$ select coalesce(nullif(current_setting('landportal.as_of', true), '')::timestamptz, now()) $$;

-- When remembering began; changes themselves are not for everybody to read.
create function records_begin() returns timestamptz
language sql stable security definer set search_path = public, pg_temp
as $$ select c.at from change c order by c.id limit 1 $$;

-- With search_path = past, public the same statements read the store as it was at moment().
create schema past;
