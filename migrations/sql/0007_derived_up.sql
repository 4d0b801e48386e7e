-- What the database derives by itself, so that it holds whoever writes: a page, an import or a statement by hand.
--
--   parcel:      number where none is given, municipality, county,
--                constraint kinds, search text, nearest infrastructure, version, changed_at
--   revision:    one counter per subject, moved in the transaction of the change
--   area_member: shares sum to 100 % on every day
--
-- Changes of a parcel's surroundings update the parcels they concern, and only those.

-- ---------------------------------------------------------------------------------------------- deriving one value

-- The municipality that holds most of the land; null outside the region.
create function derive_municipality(land geometry) returns text
language sql stable parallel safe
as $$
    select ags from admin_unit
    where level = 'municipality' and valid_to is null and st_intersects(geom, land)
    order by case when st_covers(geom, land) then 'Infinity' else st_area(st_intersection(geom, land)) end desc, ags
    limit 1
$$;

-- Kinds of constraint that cover more than a sliver (1 m²) of the land; touching it is not enough.
create function derive_constraint_kinds(land geometry) returns varchar[]
language sql stable parallel safe
as $$
    select coalesce(array_agg(kind order by kind), '{}')
    from (
        select kind from constraint_zone
        where st_intersects(geom, land)
        group by kind
        having sum(st_area(st_intersection(geom, land))) > 1
    ) covered
$$;

-- The nearest infrastructure of a kind and its distance in metres on the ground (geodesic, GRS 80). The plane finds
-- three candidates by index; the ellipsoid decides, because the grid of zone 32 stretches towards the east of the state.
create function nearest_infrastructure(land geometry, wanted text, out id int, out m float8, out name text)
language sql stable parallel safe
as $$
    select near.id,
           st_distance(st_transform(near.geom, 4326)::geography, st_transform(land, 4326)::geography) as m,
           near.name
    from (
        select i.id, i.geom, i.name from infrastructure i where i.kind = wanted order by i.geom <-> land limit 3
    ) near
    order by m, near.id
    limit 1
$$;

create function parcel_search_text(
    number text, name_de text, name_en text, cadastral_ids varchar[], area int, municipality text
) returns text
language sql stable parallel safe
as $$
    -- Parameters by place: by name, a column of the joined tables would come first.
    select fold_text(concat_ws(' ', $1, $2, $3, a.name_de, a.name_en, m.name, c.name, array_to_string($4, ' ')))
    from (select) nothing
    left join area a on a.id = $5
    left join admin_unit m on m.ags = $6
    left join admin_unit c on c.ags = left($6, 5)
$$;

-- ------------------------------------------------------------------------------------------------ a parcel changes

create function parcel_derive() returns trigger
language plpgsql
as $$
begin
    if new.number is null then
        new.number := 'LP-' || lpad(nextval('parcel_number')::text, 6, '0');
    end if;
    if tg_op = 'INSERT' or not st_orderingequals(new.geom, old.geom) then
        new.municipality_ags := derive_municipality(new.geom);
        new.county_ags := left(new.municipality_ags, 5);
        new.constraint_kinds := derive_constraint_kinds(new.geom);
        select n.id, n.m, n.name into new.motorway_id, new.motorway_m, new.motorway_name
        from nearest_infrastructure(new.geom, 'motorway_junction') n;
        select n.id, n.m, n.name into new.rail_id, new.rail_m, new.rail_name
        from nearest_infrastructure(new.geom, 'rail_freight') n;
        select n.id, n.m, n.name into new.station_id, new.station_m, new.station_name
        from nearest_infrastructure(new.geom, 'station') n;
        select n.id, n.m, n.name into new.airport_id, new.airport_m, new.airport_name
        from nearest_infrastructure(new.geom, 'airport') n;
        select n.id, n.m, n.name into new.substation_id, new.substation_m, new.substation_name
        from nearest_infrastructure(new.geom, 'substation') n;
    end if;
    new.search_text := parcel_search_text(
        new.number, new.name_de, new.name_en, new.cadastral_ids, new.area_id, new.municipality_ags);
    return new;
end
$$;

create trigger parcel_derive
before insert or update of geom, number, name_de, name_en, cadastral_ids, area_id on parcel
for each row execute function parcel_derive();

-- Named to run after parcel_derive. It looks at attributes only: a derived column is refreshed without a new version.
create function parcel_version() returns trigger
language plpgsql
as $$
begin
    new.version := old.version + 1;
    new.changed_at := now();
    return new;
end
$$;

-- -------------------------------------------------------------------------------------- its surroundings change

create function refresh_nearest(prefix text, wanted text, condition text, ids int[], lands geometry[])
returns void
language plpgsql
as $$
begin
    execute format(
        'update parcel p set %1$I = n.id, %2$I = n.m, %3$I = n.name
         from parcel q cross join lateral nearest_infrastructure(q.geom, $1) n
         where p.id = q.id and (' || condition || ')
           and (p.%1$I, p.%2$I, p.%3$I) is distinct from (n.id, n.m, n.name)',
        prefix || '_id', prefix || '_m', prefix || '_name')
    using wanted, ids, lands;
end
$$;

-- New points matter to parcels that had none, or whose nearest is further away than the new point may be (1 % spare
-- for the grid's scale). Beyond 20 points asking every parcel is cheaper than comparing each with each.
create function infrastructure_arrived() returns trigger
language plpgsql
as $$
declare
    target record;
begin
    for target in
        select p.prefix, p.kind, count(*) as points, array_agg(a.geom) as lands
        from arrived a join parcel_nearest p using (kind) group by p.prefix, p.kind
    loop
        perform refresh_nearest(
            target.prefix, target.kind,
            case when target.points > 20 then 'true' else format(
                'q.%1$I is null or exists (
                     select from unnest($3) land where st_dwithin(q.geom, land, q.%1$I * 1.01))',
                target.prefix || '_m') end,
            null, target.lands);
    end loop;
    return null;
end
$$;

create function infrastructure_left() returns trigger
language plpgsql
as $$
declare
    target record;
begin
    for target in
        select p.prefix, p.kind, array_agg(l.id) as ids
        from departed l join parcel_nearest p using (kind) group by p.prefix, p.kind
    loop
        execute format(
            'update parcel set %1$I = null, %2$I = null, %3$I = null
             where %1$I = any($1) and not exists (select from infrastructure where kind = $2)',
            target.prefix || '_id', target.prefix || '_m', target.prefix || '_name')
        using target.ids, target.kind;
        perform refresh_nearest(
            target.prefix, target.kind, format('q.%I = any($2)', target.prefix || '_id'), target.ids, null);
    end loop;
    return null;
end
$$;

-- Which columns of a parcel name the nearest of which kind.
create view parcel_nearest(prefix, kind) as values
    ('motorway', 'motorway_junction'), ('rail', 'rail_freight'), ('station', 'station'), ('airport', 'airport'),
    ('substation', 'substation');

create trigger infrastructure_inserted after insert on infrastructure
referencing new table as arrived for each statement execute function infrastructure_arrived();
create trigger infrastructure_updated_1_left after update on infrastructure
referencing old table as departed for each statement execute function infrastructure_left();
create trigger infrastructure_updated_2_arrived after update on infrastructure
referencing new table as arrived for each statement execute function infrastructure_arrived();
create trigger infrastructure_deleted after delete on infrastructure
referencing old table as departed for each statement execute function infrastructure_left();

create function constraint_zone_changed() returns trigger
language plpgsql
as $$
begin
    update parcel p set constraint_kinds = derive_constraint_kinds(p.geom)
    where exists (select from changed c where st_intersects(c.geom, p.geom))
      and p.constraint_kinds is distinct from derive_constraint_kinds(p.geom);
    return null;
end
$$;

create trigger constraint_zone_inserted after insert on constraint_zone
referencing new table as changed for each statement execute function constraint_zone_changed();
create trigger constraint_zone_updated_1_old after update on constraint_zone
referencing old table as changed for each statement execute function constraint_zone_changed();
create trigger constraint_zone_updated_2_new after update on constraint_zone
referencing new table as changed for each statement execute function constraint_zone_changed();
create trigger constraint_zone_deleted after delete on constraint_zone
referencing old table as changed for each statement execute function constraint_zone_changed();

-- Borders and names of municipalities and counties reach the parcels inside them.
create function admin_unit_changed() returns trigger
language plpgsql
as $$
begin
    update parcel p
    set municipality_ags = derive_municipality(p.geom), county_ags = left(derive_municipality(p.geom), 5)
    where exists (select from changed c where c.level = 'municipality' and st_intersects(c.geom, p.geom))
      and p.municipality_ags is distinct from derive_municipality(p.geom);
    update parcel p
    set search_text = parcel_search_text(
        p.number, p.name_de, p.name_en, p.cadastral_ids, p.area_id, p.municipality_ags)
    where p.municipality_ags in (select ags from changed) or p.county_ags in (select ags from changed);
    return null;
end
$$;

create trigger admin_unit_inserted after insert on admin_unit
referencing new table as changed for each statement execute function admin_unit_changed();
create trigger admin_unit_updated after update on admin_unit
referencing new table as changed for each statement execute function admin_unit_changed();

create function area_changed() returns trigger
language plpgsql
as $$
begin
    update parcel p
    set search_text = parcel_search_text(
        p.number, p.name_de, p.name_en, p.cadastral_ids, p.area_id, p.municipality_ags)
    where p.area_id in (select id from changed);
    return null;
end
$$;

create trigger area_updated after update on area
referencing new table as changed for each statement execute function area_changed();

-- --------------------------------------------------------------------------------------- shares of members, revisions

create function area_member_shares() returns trigger
language plpgsql
as $$
declare
    checked int := coalesce(new.area_id, old.area_id);
    day date;
    wrong record;
begin
    for day in select distinct valid_from from area_member where area_id = checked loop
        select sum(cost_share_pct) as cost, sum(revenue_share_pct) as revenue into wrong
        from area_member
        where area_id = checked and valid_from <= day and (valid_to is null or valid_to > day);
        if abs(wrong.cost - 100) > 0.01 or abs(wrong.revenue - 100) > 0.01 then
            raise exception 'shares of area % sum to % %% (cost) and % %% (revenue) on %',
                checked, wrong.cost, wrong.revenue, day
                using errcode = 'check_violation', constraint = 'ck_area_member_shares_sum_to_100';
        end if;
    end loop;
    return null;
end
$$;

create constraint trigger area_member_shares after insert or update or delete on area_member
deferrable initially deferred for each row execute function area_member_shares();

create function revision_moved() returns trigger
language plpgsql
as $$
begin
    insert into revision (subject, value) values (tg_argv[0], 1)
    on conflict (subject) do update set value = revision.value + 1;
    return null;
end
$$;
