/** @file Entry point of the io worker. */
import { browserBackend } from '../src/data/h5-browser.ts';
import { IoService } from '../src/data/io-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(new IoService(browserBackend()));
