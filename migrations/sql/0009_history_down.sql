drop function append_only() cascade;
drop function records_begin();
drop function moment();
drop function current_change();
drop function told(text);
create function parcel_version() returns trigger
language plpgsql
as $$
begin
    new.version := old.version + 1;
    new.changed_at := now();
    return new;
end
$$;
