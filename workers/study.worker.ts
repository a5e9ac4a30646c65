/** @file Entry point of the study worker. */
import { StudyService } from '../src/maps/study/study-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(new StudyService());
