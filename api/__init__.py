"""The front door: from a spec to results. The command line, notebooks and servers are its clients.

`reasontree` itself has the public names of this room. Nothing here prints, handles signals or ends the
process: progress goes to observers and callbacks, and errors are raised.
"""
