/** @file Entry point of the judge worker. */
import { JudgeService } from '../src/evaluation/judge-service.ts';
import { exposeService } from '../src/protocol/transport.ts';

exposeService(new JudgeService());
