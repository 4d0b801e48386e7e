drop function layer_features_near(int, geometry);
drop function layer_features_in(int, geometry);
drop policy layer_feature_delete on layer_feature;
drop policy layer_feature_insert on layer_feature;
drop policy layer_feature_read on layer_feature;
drop policy context_layer_delete on context_layer;
drop policy context_layer_update on context_layer;
drop policy context_layer_insert on context_layer;
drop policy context_layer_read on context_layer;
