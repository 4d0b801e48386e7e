// Entry of the map: puts `L.portal` in place, which the script that Folium composes calls. Needs Leaflet's global `L`.

import { baseMap, createMap, vectorTiles } from './layers.js';
import { start } from './portal.js';

window.L.portal = { map: createMap, baseMap, vectorTiles, start };
document.dispatchEvent(new Event('landportal:map-ready'));
