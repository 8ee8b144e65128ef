"""What several tests share: no test in here."""
