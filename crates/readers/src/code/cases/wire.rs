//! Messages, enums and RPC services through generated code.

use coexist_model::{Hints, Surface, SurfaceKind, Wanted};
use expect_test::{Expect, expect};

use super::check_with;

fn want(kind: SurfaceKind, name: &str, elements: &[&str]) -> Wanted {
    Wanted {
        surface: Surface::new(kind, name),
        elements: elements.iter().map(|e| (*e).to_owned()).collect(),
        declared_in: Some("proto/shop/v1/order.proto".into()),
    }
}

/// Reads a file that may use `shop.v1`: the service Orders with GetOrder, the message Order, the enum Status with PAID.
fn check(path: &str, text: &str, expected: Expect) {
    let hints = Hints {
        wanted: [
            want(SurfaceKind::Rpc, "shop.v1.Orders", &["GetOrder"]),
            want(
                SurfaceKind::Message,
                "shop.v1.Order",
                &["id", "total_price"],
            ),
            want(SurfaceKind::Enum, "shop.v1.Status", &["PAID"]),
        ]
        .into(),
        ..Hints::default()
    };
    check_with(&hints, path, text, expected);
}

#[test]
fn go_uses_are_resolved() {
    check(
        "cmd/a.go",
        r#"package main

import shopv1 "example.org/gen/shop/v1"

type server struct {
	shopv1.UnimplementedOrdersServer
	client shopv1.OrdersClient
}

func (s *server) GetOrder(ctx context.Context, req *shopv1.GetOrderRequest) (*shopv1.Order, error) {
	c := shopv1.NewOrdersClient(conn)
	r, err := c.GetOrder(ctx, req)
	s.client.GetOrder(ctx, req)
	o := &shopv1.Order{Id: "x", TotalPrice: 1}
	use(o.TotalPrice, o.GetId())
	o.Id = "y"
	if o.Status == shopv1.Status_PAID { other.GetOrder() }
	o.Status = shopv1.Status_PAID
	switch o.Status {
	case shopv1.Status_PAID, shopv1.Status_OPEN:
		return o, nil
	default:
		return nil, fmt.Errorf("unknown")
	}
}

func f(o *shopv1.Order, p *other.Order) {
	shopv1.RegisterOrdersServer(gs, &server{})
	use(o.GetId(), p.GetId())
	b, _ := proto.Marshal(o)
	producer.Publish(b)
}
"#,
        expect![[r#"
            6: rpc shop.v1.Orders serves high resolved-call @shopv1.UnimplementedOrdersServer
            10: rpc shop.v1.Orders.GetOrder serves high resolved-call @GetOrder
            11: rpc shop.v1.Orders calls high resolved-call @shopv1.NewOrdersClient(conn)
            12: rpc shop.v1.Orders.GetOrder calls high resolved-call @c.GetOrder(ctx, req)
            13: rpc shop.v1.Orders.GetOrder calls high resolved-call @s.client.GetOrder(ctx, req)
            14: message shop.v1.Order.id writes x high resolved-call @Id
            14: message shop.v1.Order.total_price writes 1 high resolved-call @TotalPrice
            15: message shop.v1.Order.total_price reads medium typed-attribute @TotalPrice
            15: message shop.v1.Order.id reads medium typed-attribute @GetId
            16: message shop.v1.Order.id writes medium typed-attribute @Id
            17: enum shop.v1.Status.PAID reads high resolved-call @shopv1.Status_PAID
            18: enum shop.v1.Status.PAID writes PAID high resolved-call @shopv1.Status_PAID
            19: enum shop.v1.Status matches [PAID, OPEN] Rejects high resolved-call @switch o.Status {
            28: rpc shop.v1.Orders serves high resolved-call @shopv1.RegisterOrdersServer(gs, &server{})
            29: message shop.v1.Order.id reads high resolved-call @GetId
            30: message shop.v1.Order publishes high resolved-call @proto.Marshal(o)
        "#]],
    );
}

#[test]
fn a_name_of_another_package_is_another_thing() {
    check(
        "cmd/a.go",
        "package main\nimport pb \"example.org/other/v1\"\nfunc f(o *pb.Order) { use(o.GetId()); pb.NewOrdersClient(c).GetOrder(x) }\n",
        expect![[r#""#]],
    );
    check(
        "a.py",
        "from other.order_pb2x import Order\no = Order(id=1)\n",
        expect![[r#""#]],
    );
    check(
        "a.ts",
        "import { Order } from './models/order';\nconst o: Order = { id: 1 };\n",
        expect![[r#""#]],
    );
    check(
        "src/a.rs",
        "use crate::models::Order;\nfn f(o: Order) { o.id; Order { id: 1 } }\n",
        expect![[r#""#]],
    );
    check(
        "A.java",
        "import com.acme.domain.Order;\nclass A { void f(Order o) { o.getId(); } }\n",
        expect![[r#""#]],
    );
}

#[test]
fn python_uses_are_resolved() {
    check(
        "api/a.py",
        r#"
from shop.v1 import order_pb2 as pb, order_pb2_grpc
class S(order_pb2_grpc.OrdersServicer):
    def GetOrder(self, request: pb.Order, context):
        use(request.id)
        o = pb.Order(id="x", status=pb.PAID)
        o.total_price = 3
        match o.status:
            case pb.PAID: pass
            case _: raise ValueError()
        if o.status == pb.Status.PAID: pass
        redis.set("k", o.SerializeToString())
order_pb2_grpc.add_OrdersServicer_to_server(S(), server)
stub = order_pb2_grpc.OrdersStub(channel)
stub.GetOrder(x)
"#,
        expect![[r#"
            3: rpc shop.v1.Orders serves high resolved-call @order_pb2_grpc.OrdersServicer
            4: rpc shop.v1.Orders.GetOrder serves high resolved-call @GetOrder
            5: message shop.v1.Order.id reads high resolved-call @id
            6: message shop.v1.Order.id writes x high resolved-call @id
            6: enum shop.v1.Status.PAID writes PAID high resolved-call @pb.PAID
            7: message shop.v1.Order.total_price writes 3 medium typed-attribute @total_price
            8: enum shop.v1.Status matches [PAID] Rejects high resolved-call @match o.status:
            11: enum shop.v1.Status.PAID reads high resolved-call @pb.Status.PAID
            12: message shop.v1.Order publishes high resolved-call @o.SerializeToString()
            13: rpc shop.v1.Orders serves high resolved-call @order_pb2_grpc.add_OrdersServicer_to_server(S(), server)
            14: rpc shop.v1.Orders calls high resolved-call @order_pb2_grpc.OrdersStub(channel)
            15: rpc shop.v1.Orders.GetOrder calls high resolved-call @stub.GetOrder(x)
        "#]],
    );
}

#[test]
fn typescript_uses_are_resolved() {
    check(
        "web/a.ts",
        r#"
import { Order, OrderSchema, Status, OrdersService } from "./gen/shop/v1/order_pb";
import { OrdersClient } from "./gen/shop/v1/order.client";
const client = new OrdersClient(t);
await client.getOrder({});
const o = create(OrderSchema, { id: "x", totalPrice: 1 });
const p: Order = { id: "y" };
function f(q: Order) {
  use(q.totalPrice);
  q.status = Status.PAID;
  switch (q.status) { case Status.PAID: return; case Status.OPEN: return; }
  switch (q.status) { case Status.OPEN: return; default: throw new Error("x"); }
}
"#,
        expect![[r#"
            4: rpc shop.v1.Orders calls high resolved-call @new OrdersClient(t)
            5: rpc shop.v1.Orders.GetOrder calls high resolved-call @client.getOrder({})
            6: message shop.v1.Order.id writes x high resolved-call @id
            6: message shop.v1.Order.total_price writes 1 high resolved-call @totalPrice
            7: message shop.v1.Order.id writes y high resolved-call @id
            9: message shop.v1.Order.total_price reads high resolved-call @totalPrice
            10: enum shop.v1.Status.PAID writes PAID high resolved-call @Status.PAID
            11: enum shop.v1.Status matches [PAID, OPEN] Unclear high resolved-call @switch (q.status) { case Status.PAID: return; case Status.OPEN: return; }
            12: enum shop.v1.Status matches [OPEN] Rejects high resolved-call @switch (q.status) { case Status.OPEN: return; default: throw new Error("x"); }
        "#]],
    );
}

#[test]
fn rust_uses_are_resolved() {
    check(
        "src/a.rs",
        r#"
use crate::proto::shop::v1::{Order, Status, orders_client::OrdersClient, orders_server::{Orders, OrdersServer}};
impl Orders for S {
    async fn get_order(&self, request: Request<Order>) -> R {
        let order = Order { id: 1, ..Default::default() };
        let mut client = OrdersClient::connect(x).await?;
        client.get_order(order).await?;
        use_(request.into_inner().total_price);
        Server::builder().add_service(OrdersServer::new(s));
        match order.status() { Status::Paid => 1, Status::Open => 2 }
        match order.status() { Status::Open => 1, other => Err(other) }
        let x = Status::Paid as i32;
    }
}
"#,
        expect![[r#"
            3: rpc shop.v1.Orders serves high resolved-call @Orders
            4: rpc shop.v1.Orders.GetOrder serves high resolved-call @get_order
            5: message shop.v1.Order.id writes 1 high resolved-call @id
            6: rpc shop.v1.Orders calls high resolved-call @OrdersClient::connect(x)
            7: rpc shop.v1.Orders.GetOrder calls high resolved-call @client.get_order(order)
            8: message shop.v1.Order.total_price reads high resolved-call @total_price
            9: rpc shop.v1.Orders serves high resolved-call @OrdersServer::new(s)
            10: enum shop.v1.Status matches [PAID, Open] Rejects high resolved-call @match order.status() { Status::Paid => 1, Status::Open => 2 }
            11: enum shop.v1.Status matches [Open] Rejects high resolved-call @match order.status() { Status::Open => 1, other => Err(other) }
            12: enum shop.v1.Status.PAID writes PAID high resolved-call @Status::Paid
        "#]],
    );
}

#[test]
fn java_and_kotlin_uses_are_resolved() {
    check(
        "A.java",
        r#"
import shop.v1.OrderOuterClass.Order;
import shop.v1.OrderOuterClass.Status;
import shop.v1.OrdersGrpc;
class A extends OrdersGrpc.OrdersImplBase {
  private final OrdersGrpc.OrdersBlockingStub stub = OrdersGrpc.newBlockingStub(ch);
  @Override public void getOrder(Order req, StreamObserver<Order> out) {
    Order o = Order.newBuilder().setId("x").setStatus(Status.PAID).build();
    stub.getOrder(req);
    use(req.getTotalPrice());
    int y = switch (o.getStatus()) { case PAID -> 1; case OPEN -> 2; };
    switch (o.getStatus()) { case OPEN: return; default: log.error("x"); }
  }
}
"#,
        expect![[r#"
            5: rpc shop.v1.Orders serves high resolved-call @OrdersGrpc.OrdersImplBase
            6: rpc shop.v1.Orders calls high resolved-call @OrdersGrpc.newBlockingStub(ch)
            7: rpc shop.v1.Orders.GetOrder serves high resolved-call @getOrder
            8: message shop.v1.Order.id writes high resolved-call @setId
            8: enum shop.v1.Status.PAID writes PAID high resolved-call @Status.PAID
            9: rpc shop.v1.Orders.GetOrder calls high resolved-call @stub.getOrder(req)
            10: message shop.v1.Order.total_price reads high resolved-call @getTotalPrice
            11: enum shop.v1.Status matches [PAID, OPEN] Rejects medium resolved-call @switch (o.getStatus()) { case PAID -> 1; case OPEN -> 2; }
            12: enum shop.v1.Status matches [OPEN] Accepts medium resolved-call @switch (o.getStatus()) { case OPEN: return; default: log.error("x"); }
        "#]],
    );
    check(
        "A.kt",
        r#"
import shop.v1.Order
import shop.v1.Status
import shop.v1.OrdersGrpcKt
import shop.v1.order
class A(val stub: OrdersGrpcKt.OrdersCoroutineStub) : OrdersGrpcKt.OrdersCoroutineImplBase() {
  override suspend fun getOrder(req: Order): Order {
    stub.getOrder(req)
    val o = order { id = "x" }
    use(req.totalPrice)
    return when (req.status) { Status.PAID -> 1; else -> error("x") }
  }
}
"#,
        expect![[r#"
            6: rpc shop.v1.Orders serves high resolved-call @OrdersGrpcKt.OrdersCoroutineImplBase
            7: rpc shop.v1.Orders.GetOrder serves high resolved-call @getOrder
            8: rpc shop.v1.Orders.GetOrder calls high resolved-call @stub.getOrder(req)
            9: message shop.v1.Order.id writes x high resolved-call @id
            10: message shop.v1.Order.total_price reads high resolved-call @totalPrice
            11: enum shop.v1.Status matches [PAID] Rejects high resolved-call @when (req.status) { Status.PAID -> 1; else -> error("x") }
        "#]],
    );
}

#[test]
fn ruby_uses_are_resolved() {
    check(
        "app/a.rb",
        r#"
require "shop/v1/order_services_pb"
class S < Shop::V1::Orders::Service
  def get_order(req, _call)
    o = Shop::V1::Order.new(id: "x")
    o.total_price = 3
    @stub = Shop::V1::Orders::Stub.new("h")
    @stub.get_order(req)
    o.status = Shop::V1::Status::PAID
  end
end
"#,
        expect![[r#"
            3: rpc shop.v1.Orders serves high resolved-call @Shop::V1::Orders::Service
            4: rpc shop.v1.Orders.GetOrder serves high resolved-call @get_order
            5: message shop.v1.Order.id writes x high resolved-call @id
            6: message shop.v1.Order.total_price writes 3 medium typed-attribute @total_price
            7: rpc shop.v1.Orders calls high resolved-call @Shop::V1::Orders::Stub.new("h")
            8: rpc shop.v1.Orders.GetOrder calls high resolved-call @@stub.get_order(req)
            9: enum shop.v1.Status.PAID writes PAID high resolved-call @Shop::V1::Status::PAID
        "#]],
    );
}
