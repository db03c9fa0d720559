/** Owns what the typed calls of every column share: the connection that they go over. */
import { request, type IConnection, type IRequest } from './request';

export abstract class Calls {
  constructor(connection: IConnection) {
    this.connection = connection;
  }

  protected ask<T>(path: string, options: IRequest = {}): Promise<T> {
    return request<T>(this.connection, path, options);
  }

  protected readonly connection: IConnection;
}
