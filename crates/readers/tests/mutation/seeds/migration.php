<?php

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\{DB, Schema};

return new class extends Migration {
    private array $tables = ['orders' => ['total', 'tax'], 'lines' => ['price']];

    public function up(): void
    {
        Schema::create('orders', function (Blueprint $table): void {
            $table->id();
            $table->string('name', 20)->nullable()->default("x")->index();
            $table->foreignId('user_id')->constrained()->cascadeOnDelete();
        });
        foreach ($this->tables as $table => $columns) {
            foreach ($columns as $column) {
                Schema::table($table, fn (Blueprint $t) => $t->decimal($column, 8, 2)->change());
            }
        }
        if (DB::getDriverName() === 'pgsql') {
            DB::statement(<<<'SQL'
                CREATE INDEX CONCURRENTLY idx ON orders (name)
            SQL);
        } else {
            $this->again('orders');
        }
    }

    private function again(string $table): void
    {
        Schema::table($table, fn ($t) => $t->dropColumn(['a', 'b']));
        $this->again($table);
        $this->again("{$table}_old");
    }

    public function down(): void
    {
        Schema::dropIfExists('orders');
    }
};
