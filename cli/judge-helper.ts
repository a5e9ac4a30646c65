/** @file The helper thread of `cellsmith evaluate`, once Node reads TypeScript. */
import * as Comlink from 'comlink';
import { workerData } from 'node:worker_threads';
import { JudgeHelperService } from '../src/evaluation/judge-helper-service.ts';
import { installErrorTransport } from '../src/protocol/transport.ts';

installErrorTransport();
Comlink.expose(new JudgeHelperService(), (workerData as { port: MessagePort }).port);
