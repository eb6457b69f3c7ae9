//! What classes of JPA declare, and what is done through them.

use expect_test::{Expect, expect};

use coexist_model::{Detail, File, Hints, Reader};

use crate::code::Code;

fn check(path: &str, text: &str, expected: Expect) {
    let reading = Code.read(&File::new(path, text), &Hints::default());
    let mut out = String::new();
    for model in &reading.models {
        let bases = model.bases.join(" ");
        out += &format!(
            "{} -> {} ({bases}) line {}\n",
            model.name, model.table, model.place.line
        );
        for column in &model.columns {
            let Detail::Column(c) = &column.detail else {
                continue;
            };
            let by_store = if c.generated { " +" } else { "" };
            out += &format!(
                "  {} {}{by_store} line {}\n",
                column.name, c.type_name, column.place.line
            );
        }
    }
    for access in &reading.accesses {
        out += &format!(
            "{} {} {} {} line {}\n",
            access.mode.word(),
            access.surface.kind.word(),
            access.surface,
            access.confidence.word(),
            access.place.line
        );
    }
    expected.assert_eq(&out);
}

#[test]
fn an_entity_of_java_declares_its_columns() {
    check(
        "User.java",
        r#"package app;
import jakarta.persistence.*;
@Entity
@Table(name = "UserAccounts", schema = "audit")
public class User extends Base {
  static final String X = "x";
  @Id @GeneratedValue(strategy = GenerationType.IDENTITY) private Long id;
  @Column(name = "E_MAIL", nullable = false) private String email;
  private String firstName;
  @Column(insertable = false, updatable = false) private Long teamId;
  @ManyToOne @JoinColumn(name = "team_id") private Team team;
  @ManyToOne private User bossUser;
  @Enumerated(EnumType.STRING) private Status status;
  @Transient private int cached;
  private transient int other;
  @OneToMany(mappedBy = "user", cascade = CascadeType.ALL) private List<Order> orders = new ArrayList<>();
  @ManyToMany @JoinTable(name = "user_role", joinColumns = @JoinColumn(name = "user_id"), inverseJoinColumns = @JoinColumn(name = "role_id"))
  private Set<Role> roles;
  @ElementCollection @CollectionTable(name = "user_tag") @Column(name = "tag") private Set<String> tags;
  @Embedded @AttributeOverride(name = "street", column = @Column(name = "home_street")) private Address home;
  @Formula("1 + 1") private int two;
  public String getFirstName() { return firstName; }
}
@MappedSuperclass class Base { @Version private int version; }
@Embeddable class Address { private String street; }
"#,
        expect![[r#"
            User.roles -> user_role () line 18
              user_id  line 18
              role_id  line 18
            User.tags -> user_tag () line 19
              tag  line 19
            User -> audit.user_accounts (Base Address) line 5
              id bigint + line 7
              e_mail text line 8
              first_name text line 9
              team_id bigint line 10
              boss_user_id  line 12
              status  line 13
              home_street  line 20
            Base ->  () line 24
              version integer line 24
            Address ->  () line 25
              street text line 25
            queries model Team high line 11
            queries model Order high line 16
            inserts model Order medium line 16
            queries model Role high line 18
            queries model User.roles high line 18
            inserts model User.roles medium line 18
            queries model User.tags high line 19
            inserts model User.tags medium line 19
        "#]],
    );
}

#[test]
fn accessors_may_be_mapped_instead() {
    check(
        "User.java",
        r#"import javax.persistence.*;
@Entity
class User {
  private Long id; private String nick; private String gone;
  @Id public Long getId() { return id; }
  public String getNick() { return nick; }
  @Transient public String getGone() { return gone; }
  @Column(name = "is_open") public boolean isOpen() { return true; }
  public void setNick(String nick) {}
}
"#,
        expect![[r#"
            User -> user () line 3
              id bigint line 5
              nick text line 6
              is_open boolean line 8
        "#]],
    );
}

#[test]
fn an_entity_of_kotlin_declares_its_columns() {
    check(
        "User.kt",
        r#"import jakarta.persistence.*
@Entity
data class User(
  @Id val id: Long?,
  @field:Column(name = "e_mail") var email: String,
  @ManyToOne(cascade = [CascadeType.PERSIST]) var team: Team,
  val plain: Int = 0,
) : Base(), Named {
  @get:Transient val shown: String get() = email
  var nickName: String? = null
  val late by lazy { 1 }
  companion object { const val MAX = 3 }
}
"#,
        expect![[r#"
            User -> user (Base) line 3
              id bigint line 4
              e_mail text line 5
              team_id  line 6
              plain integer line 7
              nick_name text line 10
            queries model Team high line 6
            inserts model Team medium line 6
        "#]],
    );
}

#[test]
fn repositories_managers_and_queries_use_entities() {
    check(
        "Users.java",
        r#"import jakarta.persistence.*;
import org.springframework.data.jpa.repository.*;
@Entity class User { @Id Long id; String name; }
interface Users extends JpaRepository<User, Long> {
  List<User> findByName(String name);
  @Query("select u.name from User u where u.id = :id") String nameOf(Long id);
  @Query(value = "select name from user where id = :id", nativeQuery = true) String plain(Long id);
}
interface Plain<T> extends JpaRepository<T, Long> {}
class Service {
  private final Users users;
  private EntityManager em;
  void f(User given) {
    users.findAll();
    users.count();
    users.save(given);
    em.persist(new User());
    em.find(User.class, 1L);
    em.createQuery("from User", User.class);
    given.getName();
    mapper.readValue(text, User.class);
    User u = other.user();
    u.persist();
  }
}
"#,
        expect![[r#"
            User -> user () line 3
              id bigint line 3
              name text line 3
            Users ->  (User) line 4
            queries model Users high line 4
            inserts model Users medium line 4
            reads model User high line 6
            reads table user high line 7
            reads table user high line 7
            reads table user high line 7
            queries model Users high line 14
            reads model Users high line 15
            inserts model User medium line 16
            queries model User high line 16
            inserts model User high line 17
            queries model User high line 17
            inserts model User medium line 17
            queries model User high line 18
            queries model User high line 19
            queries model User high line 19
            inserts model User high line 23
            queries model User high line 23
        "#]],
    );
}
