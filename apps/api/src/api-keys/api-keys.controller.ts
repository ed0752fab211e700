import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiForbiddenResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiProperty,
  ApiTags,
  ApiUnprocessableEntityResponse,
} from '@nestjs/swagger';
import { ApiKeyService, RequiresRole, ROLES, type Role } from '@app/platform';
import { IsIn, IsNotEmpty, IsString, MaxLength } from 'class-validator';

const MAX_NAME_LENGTH = 100;

class CreateApiKeyDto {
  @ApiProperty({ description: 'Who or what will use it; shown where it acted', example: 'dashboard' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(MAX_NAME_LENGTH)
  readonly name!: string;

  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  readonly role!: Role;
}

class ApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ enum: ROLES })
  readonly role!: Role;

  @ApiProperty()
  readonly createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true })
  readonly revokedAt!: Date | null;
}

class NewApiKeyDto {
  @ApiProperty({ format: 'uuid' })
  readonly id!: string;

  @ApiProperty()
  readonly name!: string;

  @ApiProperty({ enum: ROLES })
  readonly role!: Role;

  @ApiProperty({ description: 'The key itself. It is shown this once and kept nowhere.' })
  readonly key!: string;
}

@ApiTags('System')
@RequiresRole('admin')
@ApiForbiddenResponse({ description: '`forbidden`: needs the role admin' })
@Controller('api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeyService) {}

  @Post()
  @ApiOperation({ summary: 'Make an API key' })
  @ApiCreatedResponse({ type: NewApiKeyDto })
  @ApiUnprocessableEntityResponse({ description: '`request-invalid`' })
  async create(@Body() { name, role }: CreateApiKeyDto): Promise<NewApiKeyDto> {
    const { id, key } = await this.keys.create(name, role);
    return { id, name, role, key };
  }

  @Get()
  @ApiOperation({ summary: 'All keys, without the keys themselves' })
  @ApiOkResponse({ type: [ApiKeyDto] })
  async list(): Promise<ApiKeyDto[]> {
    return (await this.keys.list()).map(({ id, name, role, createdAt, revokedAt }) => ({ id, name, role, createdAt, revokedAt }));
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Revoke a key', description: 'It is refused from now on; revoking it again changes nothing.' })
  @ApiOkResponse({ type: ApiKeyDto })
  @ApiNotFoundResponse({ description: '`api-key-not-found`' })
  async revoke(@Param('id') id: string): Promise<ApiKeyDto> {
    const { name, role, createdAt, revokedAt } = await this.keys.revoke(id);
    return { id, name, role, createdAt, revokedAt };
  }
}
