"""The command line.

program    builds it.
boundary   runs it, and tells whatever happens in a sentence.
commands   every command as it is typed; imports the work behind it only when it is asked for.
french     the words of Typer that are not ours; the help of every command.
house      settings, an open house, the delivery at the end of a job.
people  watching  jobs  law  check   the work.
screen     what is shown: words of ``templates/cli``, or JSON.
failures   what went wrong, in a sentence with its remedy, and the exit code.
machine    what the machine gives us: a folder, a disk, time zones.
typos      settings nobody reads.
"""
