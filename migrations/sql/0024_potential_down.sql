-- Takes back what 0024_potential_up.sql made beside tables.

drop trigger parcel_woken on parcel;
drop trigger constraint_zone_woken on constraint_zone;
drop trigger road_woken on road;
drop trigger distance_rule_woken on distance_rule;
drop function parcel_marked() cascade;
drop function surroundings_marked() cascade;
drop function distances_marked() cascade;
drop function distance_rule_unmarked() cascade;
drop function potential_shown() cascade;
drop function enrichment_woken();
drop function wake_enrichment();
drop function mark_for_rules();
drop function reach_m(text);
drop policy distance_rule_insert on distance_rule;
drop policy distance_rule_update on distance_rule;
drop function actor_sets_distances(text);
drop sequence enrichment_run;
delete from procrastinate_jobs where task_name = 'enrich';

create or replace function constraint_zone_changed() returns trigger
language plpgsql
as $$
begin
    update parcel p set constraint_kinds = derive_constraint_kinds(p.geom)
    where exists (select from changed c where st_intersects(c.geom, p.geom))
      and p.constraint_kinds is distinct from derive_constraint_kinds(p.geom);
    return null;
end
$$;
