"""What the business does, shared by tools, routes and jobs."""
