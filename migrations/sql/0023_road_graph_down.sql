drop trigger parcel_moved_1 on parcel;
drop trigger parcel_moved_2 on parcel;
drop trigger infrastructure_travel on infrastructure;
drop trigger admin_unit_people on admin_unit;
drop function parcel_moved();
drop function ask_for_travel();
