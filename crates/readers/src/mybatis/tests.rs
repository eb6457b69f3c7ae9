use coexist_model::{File, Hints, Reader};
use expect_test::{Expect, expect};

use super::MyBatis;

fn check(body: &str, expected: Expect) {
    let text = format!(
        "<!DOCTYPE mapper PUBLIC \"-//mybatis.org//DTD Mapper 3.0//EN\" \"http://mybatis.org/dtd/mybatis-3-mapper.dtd\">\n<mapper namespace=\"app.Users\">\n{body}\n</mapper>\n"
    );
    assert!(MyBatis.claims("a/UserMapper.xml", &text));
    let reading = MyBatis.read(&File::new("a/UserMapper.xml", &text), &Hints::default());
    let mut out = String::new();
    for a in &reading.accesses {
        out += &format!(
            "{} {} {} {} line {}\n",
            a.mode.word(),
            a.surface,
            a.element.as_deref().unwrap_or("-"),
            a.confidence.word(),
            a.place.line
        );
    }
    for p in &reading.problems {
        out += &format!("problem line {}: {}\n", p.place.line, p.what);
    }
    expected.assert_eq(&out);
}

#[test]
fn tags_are_written_out() {
    check(
        r##"<sql id="columns">id, e_mail</sql>
<select id="find" resultType="User">
  SELECT <include refid="columns"/> FROM users
  <where>
    <if test="name != null">AND nick = #{name}</if>
    <choose>
      <when test="a">AND age &lt; #{a}</when>
      <otherwise>AND born = 1</otherwise>
    </choose>
    AND team_id IN <foreach item="i" collection="l" open="(" separator="," close=")">#{i}</foreach>
  </where>
  ORDER BY ${order}
</select>
<update id="set">
  UPDATE users
  <set>
    nick = #{nick},
    <if test="b">bio = #{b},</if>
  </set>
  WHERE id = #{id}
</update>
<insert id="add" useGeneratedKeys="true">
  <selectKey keyProperty="id">SELECT nextval('s')</selectKey>
  INSERT INTO users (id, nick) VALUES (#{id}, #{nick,jdbcType=VARCHAR})
</insert>"##,
        expect![[r#"
            reads users id high line 3
            reads users e_mail high line 3
            reads users - high line 5
            reads users nick medium line 7
            reads users age medium line 9
            reads users team_id high line 12
            reads users born medium line 10
            reads users - high line 17
            writes users nick high line 19
            writes users bio medium line 20
            reads users id high line 22
            inserts users - high line 26
        "#]],
    );
}

#[test]
fn any_text_is_read_to_its_end() {
    let circle = "<sql id=\"a\"><include refid=\"a\"/><include refid=\"a\"/></sql><select id=\"x\">SELECT <include refid=\"a\"/><include refid=\"a\"/></select>";
    for body in [circle, "<select", "<select id=\"é\">#{</select>"] {
        let text = format!("<mapper namespace=\"a\">{body}</mapper>");
        let reading = MyBatis.read(&File::new("a.xml", &text), &Hints::default());
        assert!(reading.accesses.len() < 10);
    }
}
