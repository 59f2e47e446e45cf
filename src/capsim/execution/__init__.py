"""How studies are carried out: blocks of replications, processes, backends, campaigns, stores."""
