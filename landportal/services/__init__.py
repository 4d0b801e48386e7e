"""What people do with the portal: one module a purpose. The session comes first; nothing here commits or knows Flask."""
