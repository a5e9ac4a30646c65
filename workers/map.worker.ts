/** @file The map worker: exposes the map service to the page. */
import { exposeService } from '../src/protocol/transport.ts';
import { MapService } from '../src/maps/map-service.ts';

exposeService(new MapService());
