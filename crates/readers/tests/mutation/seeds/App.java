package shop;
import shop.v1.OrderOuterClass.Order;
class App {
  private static final String Q = "SELECT id, name FROM users " + "WHERE id = ?";
  @Query(value = """
      UPDATE users SET name = :n
      WHERE id = :id""", nativeQuery = true)
  Order get(Connection c) throws Exception {
    c.prepareStatement(Q).setString(1, "\u0041\"");
    switch (o.getStatus()) { case PAID -> { return Order.newBuilder().setId("x").build(); } default -> throw new IllegalStateException(); }
  }
}
