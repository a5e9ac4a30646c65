/** @file Entry point of the judge worker's helper. */
import { JudgeHelperService } from '../src/evaluation/judge-helper-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(new JudgeHelperService());
