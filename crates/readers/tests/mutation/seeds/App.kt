package shop
import shop.v1.order
class App(val db: Db) {
  fun get(id: Int): Order? = when (val s = order { this.id = "x" }.status) {
    Status.PAID -> db.query("SELECT name FROM users WHERE id = $id AND x = ${id + 1}") { it.first() }
    else -> error("""raw $s ${"$"}""")
  }
}
