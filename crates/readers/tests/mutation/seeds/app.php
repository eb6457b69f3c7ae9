<?php

namespace App\Http\Controllers;

use App\Models\{Post, User as Account};
use Illuminate\Database\Eloquent\Model;
use Illuminate\Support\Facades\DB;

final class Order extends Model
{
    protected $table = 'orders';
    protected $casts = ['total' => 'int'];

    public function lines() { return $this->hasMany(Line::class, 'order_id')->orderBy('position'); }
}

#[Route('/x')]
class OrderController
{
    private const SQL = 'SELECT id FROM orders WHERE total > ?';

    public function show(?Order $order, int ...$rest): array
    {
        $name = "of {$order->total} and $order->id";
        $found = Order::where(fn ($query) => $query->whereNull('paid_at'))->first() ?? new Order(['total' => 1]);
        $found->save();
        foreach (Account::query()->cursor() as $key => $user) {
            $user?->posts()->each->delete();
        }
        return match (true) {
            $order === null => DB::select(self::SQL . ' LIMIT 1', [$name]),
            default => DB::table('orders as o')->join('lines as l', 'l.order_id', '=', 'o.id')->update(['o.total' => 2]),
        };
    }
}
