"""What people do with the portal: one module a purpose. The session comes first; nothing commits or knows Flask."""
