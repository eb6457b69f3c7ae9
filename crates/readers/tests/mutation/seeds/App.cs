using Dapper;
using Microsoft.EntityFrameworkCore;
using Account = Shop.Data.User;

namespace Shop.Data;

[Table("users", Schema = "shop")]
public class User : Entity<int>, INamed
{
    [Column("mail")]
    public string Email { get; set; } = "";
    [NotMapped]
    public string? Label { get; set; }
    public Team? Team { get; private set; }
    public List<Order> Orders { get; } = new();
}

public record Plan(int Id, string Name);

public class ShopContext : DbContext
{
    public DbSet<User> Users => Set<User>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<User>(b =>
        {
            b.ToTable("users", "shop");
            b.Property(u => u.Email).HasColumnName("mail").HasMaxLength(40);
            b.Property<string>("Shadow");
            b.Ignore(u => u.Label);
        });
    }
}

public class UserMap : IEntityTypeConfiguration<Plan>
{
    public void Configure(EntityTypeBuilder<Plan> builder) => builder.ToTable("plans").HasKey(p => p.Id);
}

public class Users(ShopContext context, IRepository<User> repository, IDbConnection connection)
{
    public async Task<int> Run(string mail, Status status)
    {
        var query = context.Users.AsNoTracking().Where(u => u.Email == mail && !u.Gone);
        var names = await query.Select(u => new { u.Id, N = u.Email }).ToListAsync();
        await context.Users.Where(u => u.Id > 3).ExecuteUpdateAsync(s => s.SetProperty(u => u.Email, $"x{mail}"));
        context.Add(new User { Email = "a" });
        foreach (var user in context.Users) { user?.Touch(); }
        var joined = from u in context.Users join p in context.Set<Plan>() on u.Id equals p.Id where u.Id == 1 select u;
        await repository.GetByIdAsync(1);
        await connection.QueryAsync<User>(@"SELECT ""Id"" FROM ""users"" WHERE mail = '" + mail + "'");
        await connection.ExecuteAsync("""
            UPDATE users SET mail = NULL
            """);
        return status switch { Status.Open => 1, _ => throw new Exception() };
    }
}
