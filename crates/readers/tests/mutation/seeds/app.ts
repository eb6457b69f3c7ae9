import { Order, Status } from "./gen/shop/v1/order_pb";
const db = prisma;
export async function load(id: string): Promise<Order | null> {
  if (flags.enabled("new")) { await db.$queryRaw`SELECT name FROM users WHERE id = ${id} AND x = ${`a${1}`}`; }
  const rows = await pool.query("INSERT INTO users (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", [id]);
  const m = await db.user.findMany({ where: { email: "a" }, select: { name: true, org: { include: { x: true } } } });
  switch (m.status) { case Status.PAID: return m; default: throw new Error(`bad ${m}`); }
}
enum E { A = 1, B }
type T<K extends keyof E> = { [P in K]?: E[P] };
