import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { RunEntity } from '../runs/run.entity';
import { ManifestSigner } from './manifest-signer';
import { withPublication, type PublicationEvidence, type RunManifest } from './run-manifest';

/** Keeps what each run proved. */
@Injectable()
export class RunManifests {
  constructor(
    @InjectRepository(RunEntity) private readonly runs: Repository<RunEntity>,
    private readonly signer: ManifestSigner,
  ) {}

  /** Before anything is published: what is cannot be left without its proof. @throws {SigningKeyInvalidError | SecretNotFoundError} */
  async check(): Promise<void> {
    await this.signer.key();
  }

  /** Adds a publication to the manifest of its run and signs it anew. Recording the same one again changes nothing. */
  async record(run: RunEntity, evidence: PublicationEvidence): Promise<void> {
    // The signature is that of everything beside it.
    const unsigned = { ...withPublication(run.manifest ?? emptyManifest(run), evidence), signature: undefined };
    run.manifest = { ...unsigned, signature: await this.signer.sign(unsigned) };
    await this.runs.update(run.id, { manifest: run.manifest });
  }
}

const emptyManifest = ({ id, definitionName, definitionVersion }: RunEntity): RunManifest => ({
  format: 'tributary-manifest/1',
  runId: id,
  pipeline: definitionName,
  pipelineVersion: definitionVersion,
  publications: [],
  sources: [],
  tables: [],
});
