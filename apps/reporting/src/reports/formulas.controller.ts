import { Controller, Get, Inject } from '@nestjs/common';
import type { FormulaRegistry } from '#libs/contracts';
import { FORMULA_REGISTRY } from './formulas.js';

/** What each rate means: names, numerator and denominator in words, version, source. */
@Controller('v1/formulas')
export class FormulasController {
  constructor(@Inject(FORMULA_REGISTRY) private readonly registry: FormulaRegistry) {}

  @Get()
  formulas(): FormulaRegistry {
    return this.registry;
  }
}
