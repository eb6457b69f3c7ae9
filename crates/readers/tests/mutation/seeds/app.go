package main

import (
	"context"
	shopv1 "example.org/shop/v1"
)

const q = `SELECT id, "Name" FROM users
	WHERE org_id = $1`

func (s *server) Get(ctx context.Context, req *shopv1.GetRequest) (*shopv1.Order, error) {
	row := s.db.QueryRowContext(ctx, q+" ORDER BY id", req.GetId())
	_, err := s.db.Exec("DELETE FROM users WHERE id = ?", '\'')
	switch o.Status {
	case shopv1.Order_PAID:
		return &shopv1.Order{Id: "x", Items: []*shopv1.Order_Item{{Cents: 1}}}, nil
	default:
		panic("unknown")
	}
}
