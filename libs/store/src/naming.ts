import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';

/** Properties in camelCase, columns in snake_case, primary keys by the name PostgreSQL gives them itself. */
export class SnakeNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, custom: string | undefined): string {
    return custom ?? property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
  override primaryKeyName(table: Table | string): string {
    return `${this.getTableName(table)}_pkey`;
  }
}
