import shop.v1.order_pb2 as pb
from flags import is_on

QUERY = """
    SELECT u.id, u.name FROM users AS u
    JOIN orgs o ON o.id = u.org_id WHERE u.email = %s
"""

def load(cur, order: pb.Order, uid):
    if is_on("new_name", default=False):
        cur.execute(QUERY + " LIMIT 1", (uid,))
    cur.execute(f"UPDATE users SET name = '{order.id}' WHERE id = {uid}")
    match order.status:
        case pb.PAID: return 1
        case _: raise ValueError(rb'\x00')
    async_ = [x async for x in cur] if uid else lambda *a, **k: ...
