create or replace function nearest_infrastructure(land geometry, wanted text, out id int, out m float8, out name text)
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
