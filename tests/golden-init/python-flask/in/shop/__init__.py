from flask import Flask


def create_app(config=None):
    app = Flask(__name__)

    @app.route("/healthz")
    def healthz():
        return "ok"

    return app
