using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Migrations
{
    [Migration("20240101000000_Init")]
    public partial class Init : Migration
    {
        private const string Table = "Users";

        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase().Annotation("Npgsql:Enum:mood", "sad,happy").OldAnnotation("Npgsql:Enum:mood", "sad");
            migrationBuilder.CreateTable(
                name: "Plans",
                schema: "shop",
                columns: table => new
                {
                    Id = table.Column<int>(type: "integer", nullable: false).Annotation("Npgsql:ValueGenerationStrategy", 1),
                    Name = table.Column<string>(name: "name", maxLength: 40, nullable: true, defaultValue: "a'b")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Plans", x => new { x.Id, x.Name });
                    table.ForeignKey(name: "FK", column: x => x.Id, principalTable: "Users", principalColumn: "Id");
                });
            migrationBuilder.AlterColumn<long>(name: "Age", table: Table, nullable: false, defaultValue: 0L, oldClrType: typeof(int), oldNullable: true);
            migrationBuilder.CreateIndex("IX", Table, new[] { "A", "B" }, unique: true, filter: "[A] IS NOT NULL");
            migrationBuilder.InsertData("Plans", new[] { "Id", "Name" }, new object[,] { { 1, "a" }, { 2, null } });
            migrationBuilder.Sql($@"UPDATE ""{Table}"" SET ""A"" = 1");
            Helper(migrationBuilder);
        }

        private static void Helper(MigrationBuilder builder) => builder.DropColumn(nameof(Init), Table);

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable("Plans", "shop");
        }
    }
}
