def write(jobs, log, docs):
    return "nothing"
