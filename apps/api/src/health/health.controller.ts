import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Open, VERSION } from '@app/platform';
import type { FastifyReply } from 'fastify';
import { HealthDto, ServiceNameDto } from './health.dto';
import { HealthService } from './health.service';

@ApiTags('System')
@Open()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @ApiOperation({ summary: 'What this is' })
  @ApiOkResponse({ type: ServiceNameDto })
  name(): ServiceNameDto {
    return { name: 'Tributary', version: VERSION, status: 'running' };
  }

  @Get('health')
  @ApiOperation({ summary: 'Whether the platform can work', description: 'Needs no key. Asks the database, Redis and the workers.' })
  @ApiOkResponse({ type: HealthDto, description: '`healthy`, or `degraded` while Redis or all workers are away' })
  @ApiServiceUnavailableResponse({ type: HealthDto, description: 'The control database does not answer' })
  async check(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthDto> {
    const health = await this.health.check();
    if (health.services.database === 'healthy') return health;
    void reply.status(HttpStatus.SERVICE_UNAVAILABLE);
    const { status, timestamp, version, services } = health;
    return { detail: 'Health check failed: the control database does not answer', status, timestamp, version, services };
  }
}
