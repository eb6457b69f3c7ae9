//! Prisma's client.
