collect_ignore = ["planted"]
