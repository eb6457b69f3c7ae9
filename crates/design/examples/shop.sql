-- == orders.orders-db.sql
-- Run in orders-db of orders, and nowhere else (shop.design:8).
-- Tables and columns are called as in the design. Besides, the statements read
--   outbox (message_id, message, causation_id, created_at, published_at), where published_at is null until the relay has published,
--   inbox (a column called as the field of the envelope by which it knows a message),
--   updated_at in each table whose rows have an age.
-- Where yours are called otherwise, a view of that name is enough.

-- What waits in the outbox (shop.design:9).
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0)::bigint AS oldest_seconds
FROM outbox WHERE published_at IS NULL;

-- Messages that have waited for more than 1m.
SELECT message_id, message, now() - created_at AS age
FROM outbox WHERE published_at IS NULL AND created_at < now() - interval '60000 milliseconds'
ORDER BY created_at, message_id;

-- Messages that the inbox took twice (shop.design:9).
SELECT "message_id", count(*) AS times
FROM "inbox"
GROUP BY "message_id" HAVING count(*) > 1 ORDER BY "message_id";

-- Keys of order with more than one row (shop.design:8).
SELECT "order_id", count(*) AS times
FROM "order"
GROUP BY "order_id" HAVING count(*) > 1 ORDER BY "order_id";

-- Messages that one cause brought about twice: it was handled twice.
SELECT "causation_id", "message", count(*) AS times
FROM "outbox"
WHERE causation_id IS NOT NULL
GROUP BY "causation_id", "message" HAVING count(*) > 1 ORDER BY "causation_id", "message";

-- Instances of checkout that have been open for more than 15m (shop.design:83).
SELECT "order_id", "status", now() - updated_at AS age
FROM "order" WHERE coalesce("status"::text NOT IN ('confirmed', 'cancelled'), true) AND updated_at < now() - interval '900000 milliseconds'
ORDER BY age DESC, "order_id", "status";

-- == inventory.stock-db.sql
-- Run in stock-db of inventory, and nowhere else (shop.design:15).
-- Tables and columns are called as in the design. Besides, the statements read
--   outbox (message_id, message, causation_id, created_at, published_at), where published_at is null until the relay has published,
--   inbox (a column called as the field of the envelope by which it knows a message),
--   updated_at in each table whose rows have an age.
-- Where yours are called otherwise, a view of that name is enough.

-- The outbox (shop.design:17) is read from the log of changes: its rows do not tell what is published. Measure how far the reader of the log is behind.

-- Messages that the inbox took twice (shop.design:17).
SELECT "message_id", count(*) AS times
FROM "inbox"
GROUP BY "message_id" HAVING count(*) > 1 ORDER BY "message_id";

-- Keys of stock with more than one row (shop.design:15).
SELECT "sku", count(*) AS times
FROM "stock"
GROUP BY "sku" HAVING count(*) > 1 ORDER BY "sku";

-- Keys of hold with more than one row (shop.design:16).
SELECT "order_id", count(*) AS times
FROM "hold"
GROUP BY "order_id" HAVING count(*) > 1 ORDER BY "order_id";

-- Messages that one cause brought about twice: it was handled twice.
SELECT "causation_id", "message", count(*) AS times
FROM "outbox"
WHERE causation_id IS NOT NULL
GROUP BY "causation_id", "message" HAVING count(*) > 1 ORDER BY "causation_id", "message";

-- == payments.pay-db.sql
-- Run in pay-db of payments, and nowhere else (shop.design:22).
-- Tables and columns are called as in the design. Besides, the statements read
--   outbox (message_id, message, causation_id, created_at, published_at), where published_at is null until the relay has published,
--   inbox (a column called as the field of the envelope by which it knows a message),
--   updated_at in each table whose rows have an age.
-- Where yours are called otherwise, a view of that name is enough.

-- The outbox (shop.design:23) is read from the log of changes: its rows do not tell what is published. Measure how far the reader of the log is behind.

-- Messages that the inbox took twice (shop.design:23).
SELECT "message_id", count(*) AS times
FROM "inbox"
GROUP BY "message_id" HAVING count(*) > 1 ORDER BY "message_id";

-- Keys of payment with more than one row (shop.design:22).
SELECT "order_id", count(*) AS times
FROM "payment"
GROUP BY "order_id" HAVING count(*) > 1 ORDER BY "order_id";

-- Messages that one cause brought about twice: it was handled twice.
SELECT "causation_id", "message", count(*) AS times
FROM "outbox"
WHERE causation_id IS NOT NULL
  AND message NOT IN ('Declined')
GROUP BY "causation_id", "message" HAVING count(*) > 1 ORDER BY "causation_id", "message";

-- Declined is left out: one handler sends it at several places.

-- == shipping.ship-db.sql
-- Run in ship-db of shipping, and nowhere else (shop.design:28).
-- Tables and columns are called as in the design. Besides, the statements read
--   outbox (message_id, message, causation_id, created_at, published_at), where published_at is null until the relay has published,
--   inbox (a column called as the field of the envelope by which it knows a message),
--   updated_at in each table whose rows have an age.
-- Where yours are called otherwise, a view of that name is enough.

-- The outbox (shop.design:29) is read from the log of changes: its rows do not tell what is published. Measure how far the reader of the log is behind.

-- Messages that the inbox took twice (shop.design:29).
SELECT "message_id", count(*) AS times
FROM "inbox"
GROUP BY "message_id" HAVING count(*) > 1 ORDER BY "message_id";

-- Keys of shipment with more than one row (shop.design:28).
SELECT "order_id", count(*) AS times
FROM "shipment"
GROUP BY "order_id" HAVING count(*) > 1 ORDER BY "order_id";

-- Messages that one cause brought about twice: it was handled twice.
SELECT "causation_id", "message", count(*) AS times
FROM "outbox"
WHERE causation_id IS NOT NULL
GROUP BY "causation_id", "message" HAVING count(*) > 1 ORDER BY "causation_id", "message";

-- == order-view.view-db.sql
-- Run in view-db of order-view, and nowhere else (shop.design:34).

-- Nothing is drawn: view-db is redis, and this is SQL of PostgreSQL.

-- == stock-vs-orders.export.inventory.hold.sql
-- Run in stock-db of inventory; writes what stock-vs-orders compares (shop.design:93).
\copy (SELECT "order_id"::text, "state"::text, updated_at, now() AS exported_at FROM "hold") TO 'stock-vs-orders.inventory.hold.csv' WITH (FORMAT csv, HEADER)

-- == stock-vs-orders.export.orders.order.sql
-- Run in orders-db of orders; writes what stock-vs-orders compares (shop.design:93).
\copy (SELECT "order_id"::text, "status"::text, updated_at, now() AS exported_at FROM "order") TO 'stock-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)

-- == stock-vs-orders.compare.sql
-- Compares the exports of stock-vs-orders (shop.design:93). Run in a database that belongs to no service, where the files are.
CREATE TEMP TABLE "inventory.hold" ("order_id" text, "state" text, updated_at timestamptz, exported_at timestamptz);
\copy "inventory.hold" FROM 'stock-vs-orders.inventory.hold.csv' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE "orders.order" ("order_id" text, "status" text, updated_at timestamptz, exported_at timestamptz);
\copy "orders.order" FROM 'stock-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)

-- What differs. A row that is missing stands for the values with which it would begin.
SELECT "order_id", coalesce("inventory.hold"."state", 'none') AS "inventory.hold.state", coalesce("orders.order"."status", 'new') AS "orders.order.status"
FROM "inventory.hold"
  FULL JOIN "orders.order" USING ("order_id")
WHERE ((coalesce("inventory.hold"."state", 'none') = 'held') AND (coalesce("orders.order"."status", 'new') = 'cancelled'))
  AND greatest("inventory.hold".updated_at, "orders.order".updated_at) < least((SELECT min(exported_at) FROM "inventory.hold"), (SELECT min(exported_at) FROM "orders.order"), now()) - interval '1800000 milliseconds'
ORDER BY "order_id";

-- == ship-vs-orders.export.orders.order.sql
-- Run in orders-db of orders; writes what ship-vs-orders compares (shop.design:94).
\copy (SELECT "order_id"::text, "status"::text, updated_at, now() AS exported_at FROM "order") TO 'ship-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)

-- == ship-vs-orders.compare.sql
-- Compares the exports of ship-vs-orders (shop.design:94). Run in a database that belongs to no service, where the files are.
CREATE TEMP TABLE "orders.order" ("order_id" text, "status" text, updated_at timestamptz, exported_at timestamptz);
\copy "orders.order" FROM 'ship-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)

-- What differs. A row that is missing stands for the values with which it would begin.
SELECT "order_id", coalesce("orders.order"."status", 'new') AS "orders.order.status"
FROM "orders.order"
WHERE (coalesce("orders.order"."status", 'new') = 'paid')
  AND greatest("orders.order".updated_at) < least((SELECT min(exported_at) FROM "orders.order"), now()) - interval '1800000 milliseconds'
ORDER BY "order_id";

-- == money-vs-orders.export.orders.order.sql
-- Run in orders-db of orders; writes what money-vs-orders compares (shop.design:95).
\copy (SELECT "order_id"::text, "status"::text, updated_at, now() AS exported_at FROM "order") TO 'money-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)

-- == money-vs-orders.export.payments.payment.sql
-- Run in pay-db of payments; writes what money-vs-orders compares (shop.design:95).
\copy (SELECT "order_id"::text, "state"::text, updated_at, now() AS exported_at FROM "payment") TO 'money-vs-orders.payments.payment.csv' WITH (FORMAT csv, HEADER)

-- == money-vs-orders.compare.sql
-- Compares the exports of money-vs-orders (shop.design:95). Run in a database that belongs to no service, where the files are.
CREATE TEMP TABLE "orders.order" ("order_id" text, "status" text, updated_at timestamptz, exported_at timestamptz);
\copy "orders.order" FROM 'money-vs-orders.orders.order.csv' WITH (FORMAT csv, HEADER)
CREATE TEMP TABLE "payments.payment" ("order_id" text, "state" text, updated_at timestamptz, exported_at timestamptz);
\copy "payments.payment" FROM 'money-vs-orders.payments.payment.csv' WITH (FORMAT csv, HEADER)

-- What differs. A row that is missing stands for the values with which it would begin.
SELECT "order_id", coalesce("orders.order"."status", 'new') AS "orders.order.status", coalesce("payments.payment"."state", 'none') AS "payments.payment.state"
FROM "orders.order"
  FULL JOIN "payments.payment" USING ("order_id")
WHERE ((coalesce("orders.order"."status", 'new') = 'cancelled') AND (coalesce("payments.payment"."state", 'none') = 'captured'))
  AND greatest("orders.order".updated_at, "payments.payment".updated_at) < least((SELECT min(exported_at) FROM "orders.order"), (SELECT min(exported_at) FROM "payments.payment"), now()) - interval '1800000 milliseconds'
ORDER BY "order_id";

-- == psp-report.export.payments.payment.sql
-- Run in pay-db of payments; writes what psp-report compares (shop.design:96).
\copy (SELECT "order_id"::text, "state"::text, updated_at, now() AS exported_at FROM "payment") TO 'psp-report.payments.payment.csv' WITH (FORMAT csv, HEADER)

-- == psp-report.compare.sql
-- Compares the exports of psp-report (shop.design:96). Run in a database that belongs to no service, where the files are.
CREATE TEMP TABLE "payments.payment" ("order_id" text, "state" text, updated_at timestamptz, exported_at timestamptz);
\copy "payments.payment" FROM 'psp-report.payments.payment.csv' WITH (FORMAT csv, HEADER)

-- The report of psp: one line for each effect, with the name of its operation.
CREATE TEMP TABLE "psp report" ("order_id" text, operation text, updated_at timestamptz);
\copy "psp report" FROM 'psp-report.psp-report.csv' WITH (FORMAT csv, HEADER)

-- What differs. A row that is missing stands for the values with which it would begin.
WITH "psp" AS (SELECT "order_id", count(*) FILTER (WHERE operation IN ('capture')) - count(*) FILTER (WHERE operation IN ('refund')) AS "net", max(updated_at) AS updated_at FROM "psp report" GROUP BY "order_id")
SELECT "order_id", coalesce("payments.payment"."state", 'none') AS "payments.payment.state", coalesce("psp"."net", 0) AS "psp.net"
FROM "payments.payment"
  FULL JOIN "psp" USING ("order_id")
WHERE ((coalesce("psp"."net", 0) = 1) AND (coalesce("payments.payment"."state", 'none') <> 'captured'))
  AND greatest("payments.payment".updated_at, "psp".updated_at) < least((SELECT min(exported_at) FROM "payments.payment"), now()) - interval '86400000 milliseconds'
ORDER BY "order_id";

-- == rebuild-view.compare.sql
-- Nothing is drawn for rebuild-view (shop.design:97): view-db is redis, and this is SQL of PostgreSQL.
