-- +goose Up
CREATE TABLE `orders` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `status` enum('new','paid') NOT NULL DEFAULT 'new' COMMENT 'a;b',
  `note` text CHARACTER SET utf8mb4,
  PRIMARY KEY (`id`), UNIQUE KEY `u` (`status`, `note`(10)), KEY k (`status`)
) ENGINE=InnoDB; # a comment
ALTER TABLE `orders` MODIFY COLUMN `status` enum('new','paid','sent') NOT NULL, ADD COLUMN x json AFTER `id`, CHANGE `note` `remark` longtext, DROP KEY k;
/*!40101 SET NAMES utf8 */;
DELIMITER //
CREATE TRIGGER tr BEFORE UPDATE ON orders FOR EACH ROW BEGIN SET NEW.x = '{}'; END//
DELIMITER ;
-- +goose StatementBegin
UPDATE orders SET remark = "double \" quoted" WHERE id IN (1, 2);
-- +goose StatementEnd
RENAME TABLE orders TO `sales orders`;
-- +goose Down
DROP TABLE IF EXISTS orders, sales;
