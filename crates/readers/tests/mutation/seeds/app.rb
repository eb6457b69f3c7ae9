require "shop/v1/order_pb"
class UsersController < ApplicationController
  SQL = <<~SQL
    SELECT name FROM users WHERE id = #{id}
  SQL
  def show
    rows = ActiveRecord::Base.connection.execute("SELECT a, 'b' FROM users u WHERE u.x = #{params[:x]}")
    User.where(name: "x").pluck(:email) if Flipper.enabled?(:new) unless rows.empty?
    case order.status when :PAID then 1 else raise "x" end
    %w[a b].each { |x| puts %q(#{x}) }
  end
end
__END__
SELECT
